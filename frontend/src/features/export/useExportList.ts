import { onScopeDispose, watch } from 'vue'
import { listExports } from '@/api/exports'
import type { ExportPage } from '@/api/types'
import { readPaging, writePaging, type Paging } from '@/shared/listAddress'
import { useCursorList } from '@/shared/useCursorList'

/** How often the list is read again while an export on it is under way. */
const again = 1500

/** The enterprise's exports; read again by itself until nothing on the page is under way. */
export function useExportList() {
  const list = useCursorList<Paging, ExportPage>({
    read: readPaging,
    write: writePaging,
    load: (state, { cursor }, signal) => listExports({ limit: state.limit || undefined, cursor: cursor || undefined }, signal),
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(list.answer, (page) => {
    clearTimeout(timer)
    if (page?.items.some((item) => item.state === 'queued' || item.state === 'running')) {
      timer = setTimeout(() => void list.reload(), again)
    }
  })
  onScopeDispose(() => clearTimeout(timer))
  return list
}
