import { flushPromises, mount } from '@vue/test-utils'
import { defineComponent, h } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { useTable } from './useTable'

interface State {
  name: string
  page: number
}

async function table(address: string, load = vi.fn((state: State) => Promise.resolve(`rows of ${state.name}`))) {
  let made!: ReturnType<typeof useTable<State, string>>
  const List = defineComponent({
    setup() {
      made = useTable<State, string>({
        read: (query) => ({ name: String(query.name ?? ''), page: Number(query.page ?? 1) }),
        write: (state) => ({ ...(state.name && { name: state.name }), ...(state.page > 1 && { page: String(state.page) }) }),
        load: (state) => load(state),
      })
      return () => h('div')
    },
  })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/list', name: 'list', component: List },
      { path: '/other', name: 'other', component: { render: () => h('p') } },
    ],
  })
  await router.push(address)
  mount(defineComponent(() => () => h(RouterView)), { global: { plugins: [router] } })
  await flushPromises()
  return { made, router, load }
}

describe('useTable', () => {
  it('begins with what the address says', async () => {
    const { made, load } = await table('/list?name=li&page=3')
    expect(load).toHaveBeenCalledWith({ name: 'li', page: 3 })
    expect(made.answer.value).toBe('rows of li')
  })

  it('writes a change into the address and loads it once', async () => {
    const { made, router, load } = await table('/list?name=li&page=3')
    await made.go({ name: 'wang', page: 1 })
    await flushPromises()
    expect(router.currentRoute.value.fullPath).toBe('/list?name=wang')
    expect(load).toHaveBeenCalledTimes(2)
    expect(made.answer.value).toBe('rows of wang')
  })

  it('follows the browser back', async () => {
    const { made, router } = await table('/list?name=li')
    await made.go({ name: 'wang' })
    router.back()
    await vi.waitFor(() => expect(made.answer.value).toBe('rows of li'))
  })

  it('loads again when the same is asked for', async () => {
    const { made, load } = await table('/list')
    await made.go({})
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('does not load when another page opens', async () => {
    const { router, load } = await table('/list')
    await router.push('/other?name=x')
    await flushPromises()
    expect(load).toHaveBeenCalledTimes(1)
  })
})
