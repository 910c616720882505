/** A small preference of this browser; the fallback where storage is not to be had. */
export function readLocal(key: string, fallback: string): string {
  try {
    return localStorage.getItem(`gumshoe.${key}`) ?? fallback;
  } catch {
    return fallback;
  }
}

export function writeLocal(key: string, value: string): void {
  try {
    localStorage.setItem(`gumshoe.${key}`, value);
  } catch {
    // A private window may refuse; the preference then lasts as long as the page.
  }
}
