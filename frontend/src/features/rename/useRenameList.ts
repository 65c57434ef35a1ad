import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { listRenames } from '@/api/renames'
import type { RenameListQuery, RenamePage } from '@/api/types'
import { many, readPaging, writePaging, type Paging } from '@/shared/listAddress'
import { useCursorList } from '@/shared/useCursorList'

export interface ListState extends Paging {
  status: string[]
}

export const readState = (query: LocationQuery): ListState => ({ ...readPaging(query), status: many(query.status) })

export const writeState = (state: ListState): LocationQueryRaw => ({
  ...(state.status.length && { status: state.status }),
  ...writePaging(state),
})

export const useRenameList = () =>
  useCursorList<ListState, RenamePage>({
    read: readState,
    write: writeState,
    load: (state, { cursor }, signal) =>
      listRenames(
        {
          ...(state.status.length && { status: state.status as RenameListQuery['status'] }),
          ...(state.limit && { limit: state.limit }),
          ...(cursor && { cursor }),
        },
        signal,
      ),
  })
