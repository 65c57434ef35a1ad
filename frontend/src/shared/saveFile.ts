/** Hands bytes that are already here to the browser's downloads. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  // The browser has taken it by the next turn; holding it longer would hold the bytes.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
