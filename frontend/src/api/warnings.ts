import { body, client } from './client'
import type { CalendarFeed, NewCalendarFeed, WarningListQuery, WarningPage, WarningQuery, WarningSummary } from './types'

export async function listWarnings(query: WarningQuery, signal?: AbortSignal): Promise<WarningPage> {
  return body(await client.GET('/warnings', { params: { query: query as WarningListQuery }, signal }))
}

export async function summarizeWarnings(query: Pick<WarningQuery, 'matter' | 'name'>, signal?: AbortSignal): Promise<WarningSummary> {
  return body(await client.GET('/warnings/summary', { params: { query: query as WarningListQuery }, signal }))
}

export async function getCalendarFeed(signal?: AbortSignal): Promise<CalendarFeed> {
  return body(await client.GET('/warnings/calendar-feed', { signal }))
}

/** A new address; the one before ends. */
export async function makeCalendarFeed(key: string): Promise<NewCalendarFeed> {
  return body(await client.POST('/warnings/calendar-feed', { params: { header: { 'Idempotency-Key': key } } }))
}

export async function revokeCalendarFeed(): Promise<void> {
  await client.DELETE('/warnings/calendar-feed')
}
