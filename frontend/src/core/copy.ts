// The clipboard API is there only on loopback and HTTPS; a selection works everywhere.
function bySelection(value: string): boolean {
  const area = document.createElement('textarea');
  area.value = value;
  area.className = 'sr';
  document.body.append(area);
  area.select();
  const ok = document.execCommand('copy');
  area.remove();
  return ok;
}

/** Puts a text into the clipboard; says whether it is there. */
export async function copyText(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return bySelection(value);
  }
}
