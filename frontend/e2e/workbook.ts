import { inflateRawSync } from 'node:zlib'

/** The files of a zip archive, by name. */
function unzip(bytes: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  let at = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  const count = bytes.readUInt16LE(at + 10)
  at = bytes.readUInt32LE(at + 16)
  for (let i = 0; i < count; i++) {
    const [packed, name, extra, comment] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)]
    const local = bytes.readUInt32LE(at + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const body = bytes.subarray(start, start + packed)
    files.set(bytes.toString('utf8', at + 46, at + 46 + name), bytes.readUInt16LE(at + 10) === 0 ? body : inflateRawSync(body))
    at += 46 + name + extra + comment
  }
  return files
}

const plain = (xml: string) => xml.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&#34;|&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&')

/** The rows of the n-th sheet of a workbook, as text; dates are the numbers that Excel counts. */
export function rowsOf(bytes: Buffer, sheet = 1): string[][] {
  const xml = unzip(bytes).get(`xl/worksheets/sheet${sheet}.xml`)!.toString('utf8')
  return [...xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map((row) => {
    const cells: string[] = []
    for (const cell of row[1]!.matchAll(/<c r="([A-Z]+)\d+"[^>]*>(.*?)<\/c>/gs)) {
      const column = [...cell[1]!].reduce((n, letter) => n * 26 + letter.charCodeAt(0) - 64, 0) - 1
      cells[column] = plain(/<(?:t|v)[^>]*>(.*?)<\/(?:t|v)>/s.exec(cell[2]!)?.[1] ?? '')
    }
    return Array.from(cells, (text) => text ?? '')
  })
}
