import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { defineComponent, h } from 'vue'
import { createI18n } from 'vue-i18n'
import { describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { readPaging, writePaging } from './listAddress'
import { useCursorList } from './useCursorList'

/** Three pages; the cursor of a page is its number. */
async function list(address: string) {
  const load = vi.fn(async (_: unknown, at: { cursor: string; idNumber: string }) => {
    const n = Number(at.cursor || 1)
    return { total: 45, next_cursor: n < 3 ? String(n + 1) : undefined }
  })
  let made!: ReturnType<typeof useCursorList<ReturnType<typeof readPaging>, { total: number; next_cursor: string | undefined }>>
  const Page = defineComponent({
    setup() {
      made = useCursorList({ read: readPaging, write: writePaging, load })
      return () => h('div')
    },
  })
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/list', name: 'list', component: Page }] })
  await router.push(address)
  const i18n = createI18n({ legacy: false, locale: 'x', messages: { x: {} } })
  mount(defineComponent(() => () => h(RouterView)), { global: { plugins: [router, createPinia(), i18n] } })
  await flushPromises()
  const at = () => load.mock.calls.at(-1)![1]
  return { made, router, load, at }
}

describe('useCursorList', () => {
  it('goes forward and back by the cursors it has seen, and the address says where it is', async () => {
    const { made, router, at } = await list('/list')
    await made.next()
    await flushPromises()
    await made.next()
    await flushPromises()
    expect([made.page.value, made.pages.value, made.hasNext.value]).toEqual([3, 3, false])
    expect(router.currentRoute.value.query).toEqual({ page: '3', cursor: '3' })
    await made.back()
    await flushPromises()
    expect([made.page.value, at().cursor]).toEqual([2, '2'])
  })

  it('leads from the middle of a shared address back to the start', async () => {
    const { made, router } = await list('/list?page=3&cursor=3')
    await made.back()
    await flushPromises()
    expect([made.page.value, router.currentRoute.value.fullPath]).toEqual([1, '/list'])
  })

  it('keeps an ID number, and the paging inside its result, out of the address', async () => {
    const { made, router, at } = await list('/list?page=2&cursor=2')
    await made.change({}, '110101')
    await flushPromises()
    await made.next()
    await flushPromises()
    expect(at()).toEqual({ cursor: '2', idNumber: '110101' })
    expect([made.page.value, router.currentRoute.value.fullPath]).toEqual([2, '/list'])
  })

  it('starts at the first page after any change', async () => {
    const { made, at } = await list('/list?page=2&cursor=2')
    await made.change({ limit: 50 })
    await flushPromises()
    expect([at().cursor, made.size.value, made.page.value]).toEqual(['', 50, 1])
  })
})
