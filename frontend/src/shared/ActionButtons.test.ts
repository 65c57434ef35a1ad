import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import ActionButtons from './ActionButtons.vue'

const actions = [
  { action: 'return', allowed: false, reason: 'over' },
  { action: 'submit', allowed: true },
  { action: 'later', allowed: true },
]
const buttons = (busy = false) =>
  mount(ActionButtons, { props: { actions, offered: ['submit', 'return'], name: (action: string) => action.toUpperCase(), label: 'acts', busy } })

describe('ActionButtons', () => {
  it('offers what the page can do, in its order, and nothing that it has no way for', () => {
    expect(buttons().findAll('button').map((button) => button.text())).toEqual(['SUBMIT', 'RETURN'])
  })

  it('keeps a closed action in the tab order, with its reason tied to it', async () => {
    const wrapper = buttons()
    const closed = wrapper.get('[data-testid=act-return]')
    expect(closed.attributes()).toMatchObject({ 'aria-disabled': 'true' })
    expect(closed.attributes('disabled')).toBeUndefined()
    expect(wrapper.get(`[id="${closed.attributes('aria-describedby')}"]`).text()).toBe('over')
    await closed.trigger('click')
    expect(wrapper.emitted('act')).toBeUndefined()
  })

  it('does what is open, and nothing while something is under way', async () => {
    const wrapper = buttons()
    await wrapper.get('[data-testid=act-submit]').trigger('click')
    expect(wrapper.emitted('act')).toEqual([['submit']])
    const waiting = buttons(true)
    await waiting.get('[data-testid=act-submit]').trigger('click')
    expect(waiting.emitted('act')).toBeUndefined()
  })
})
