// Checks a program against the client's types, bundles it and runs it:
//   node frontend/client/run.mjs program.ts
// `zhuce-client` in it is this folder.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const here = fileURLToPath(new URL('.', import.meta.url))
const program = process.argv[2]
// Below this folder, so that packages are found.
const work = mkdtempSync(join(here, '.run-'))
try {
  copyFileSync(program, join(work, 'program.ts'))
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify({
    extends: '../tsconfig.json',
    compilerOptions: { paths: { 'zhuce-client': ['../index.ts'] } },
    include: ['program.ts'],
  }))
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
  if (spawnSync(process.execPath, [tsc, '-p', work], { stdio: 'inherit' }).status !== 0) throw new Error('the program does not fit the types')
  const bundle = await rolldown({ input: join(work, 'program.ts'), platform: 'node', resolve: { alias: { 'zhuce-client': join(here, 'index.ts') } } })
  const out = join(work, 'program.mjs')
  await bundle.write({ file: out, format: 'esm' })
  execFileSync(process.execPath, [out], { stdio: 'inherit' })
} finally {
  rmSync(work, { recursive: true, force: true })
}
