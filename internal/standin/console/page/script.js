// What the pages do without it stays: it only ticks, copies and refreshes.
'use strict'

for (const box of document.querySelectorAll('[data-all]')) {
  box.addEventListener('change', () => {
    for (const one of document.getElementsByName(box.dataset.all)) one.checked = box.checked
  })
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent)
    button.textContent = button.dataset.done
  })
}

// A form is sent once.
for (const form of document.querySelectorAll('form[method=post]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
  })
}
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[method=post]')) delete form.dataset.sent
})

// The product's time goes on between two looks.
const now = document.getElementById('now')
if (now) {
  const ahead = Date.parse(now.dateTime) - Date.now()
  setInterval(() => {
    now.textContent = new Date(Date.now() + ahead + 8 * 3600e3).toISOString().slice(0, 19).replace('T', ' ')
  }, 1000)
}

// A run is looked at again until it is over.
const run = document.querySelector('[data-poll]')
if (run) {
  const again = async () => {
    try {
      const answer = await fetch(run.dataset.poll, { cache: 'no-store' })
      const text = await answer.text()
      if (answer.ok && text !== run.dataset.last) {
        const open = [...run.querySelectorAll('details')].map((d) => d.open)
        const focus = document.activeElement && run.contains(document.activeElement) ? document.activeElement.id : ''
        run.innerHTML = text
        run.dataset.last = text
        run.querySelectorAll('details').forEach((d, i) => { d.open = open[i] ?? false })
        if (focus) document.getElementById(focus)?.focus()
      }
      if (answer.headers.get('X-Run-Over') === 'yes') return
    } catch { /* the console is being started anew; look again */ }
    setTimeout(again, 500)
  }
  setTimeout(again, 300)
}
