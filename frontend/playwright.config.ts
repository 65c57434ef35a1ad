import { existsSync } from 'node:fs'
import { defineConfig, devices } from '@playwright/test'

// Debian's browser when it is there; elsewhere Playwright's own download (`npx playwright install chromium`).
const chromium = process.env.ZHUCE_CHROMIUM ?? '/usr/bin/chromium'
const asRoot = process.getuid?.() === 0

const desktop = { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } }

export default defineConfig({
  testDir: 'e2e',
  fullyParallel: false,
  workers: 1,
  forbidOnly: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    baseURL: process.env.ZHUCE_BASE_URL ?? 'http://localhost:8080',
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    actionTimeout: 20_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(existsSync(chromium) ? { executablePath: chromium } : {}),
      args: asRoot ? ['--no-sandbox'] : [],
    },
  },
  projects: [
    { name: 'desktop', use: desktop, grepInvert: /@last/ },
    { name: 'phone', use: { ...devices['Pixel 7'], viewport: { width: 375, height: 812 } }, grep: /@phone/ },
    // Whoever moves the clock by weeks does so when nobody else counts days any more.
    { name: 'last', use: desktop, grep: /@last/, dependencies: ['desktop', 'phone'] },
  ],
})
