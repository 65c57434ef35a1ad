import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { onSessionLost } from '@/api/client'
import App from './App.vue'
import { i18n, rememberedLanguage, useLanguage } from './locales'
import { createAppRouter } from './router'
import { crash } from './crash'
import { sessionLost } from './sessionLost'
import './styles/element'

async function start(): Promise<void> {
  await useLanguage(rememberedLanguage())
  const app = createApp(App)
  const router = createAppRouter()
  app.use(createPinia()).use(i18n).use(router)
  app.config.errorHandler = (error) => {
    crash.value = error
    setTimeout(() => {
      throw error // so that it still reaches the console and window.onerror
    })
  }
  onSessionLost(() => sessionLost(router))
  app.mount('#app')
}

void start()
