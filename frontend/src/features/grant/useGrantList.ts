import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { listGrants } from '@/api/grants'
import type { GrantPage } from '@/api/types'
import { readPaging, writePaging, type Paging } from '@/shared/listAddress'
import { useCursorList } from '@/shared/useCursorList'

export const useGrantList = () =>
  useCursorList<Paging, GrantPage>({
    read: (query: LocationQuery) => readPaging(query),
    write: (state): LocationQueryRaw => writePaging(state),
    load: (state, { cursor }, signal) => listGrants({ limit: state.limit || undefined, cursor: cursor || undefined }, signal),
  })
