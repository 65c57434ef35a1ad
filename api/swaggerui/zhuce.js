// Starts Swagger UI. When this browser is signed in to the product, the Session
// scheme is filled in and kept fresh; nothing is written to any storage.
'use strict'

const base = '/api/v1'
const ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  onComplete: () => { ready = true; sync() },
})

let ready = false
let timer = 0

// A refresh token is good for one use. The lock is the one that the application
// takes, so that two tabs of one browser never send the same cookie at once.
function refresh() {
  const send = () => fetch(base + '/session/refresh', { method: 'POST', headers: { Accept: 'application/json' } })
  return navigator.locks ? navigator.locks.request('zhuce.session.refresh', send) : send()
}

async function sync() {
  if (!ready) return
  clearTimeout(timer)
  try {
    const answer = await refresh()
    if (!answer.ok) {
      if (signedIn()) ui.authActions.logout(['Session'])
      return show(answer.status === 401 ? signedOut : failed, false)
    }
    const { access_token: token, expires_in: seconds } = await answer.json()
    ui.preauthorizeApiKey('Session', token)
    timer = setTimeout(sync, Math.max(30, seconds - 60) * 1000)
    const session = await fetch(base + '/session', { headers: { Authorization: 'Bearer ' + token } })
    if (!session.ok) return show(failed, false)
    const { user, enterprise, matter } = await session.json()
    show([`已登录 · Signed in: ${user.name}，${enterprise.name}（${enterprise.unified_social_credit_code}），${matter}`], true)
  } catch {
    show(failed, false)
  }
}

const signedIn = () => document.querySelector('#who.signed-in') !== null

const signedOut = [
  '企业接口：请在本浏览器登录', { text: '聘用企业端', href: '/' }, '后回到本页，会话令牌会自动填入。对接接口：点 Authorize，填 client_id 与 client_secret。',
  ' Enterprise routes: sign in to ', { text: 'the application', href: '/' }, ' in this browser and come back; the token fills itself in. Exchange routes: Authorize with client_id and client_secret.',
]
const failed = ['暂时不能取得会话，请稍后重试。The session cannot be read just now; try again later.']

function show(parts, signedIn) {
  const line = document.getElementById('who')
  line.replaceChildren(...parts.map((part) => {
    if (typeof part === 'string') return part
    const a = document.createElement('a')
    a.href = part.href
    a.textContent = part.text
    return a
  }))
  line.classList.toggle('signed-in', signedIn)
  line.hidden = false
}

// Coming back from the sign-in page, or waking up past the token's end.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && !signedIn()) sync()
})
