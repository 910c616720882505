import { onMount } from 'svelte';

/** A value that changes whenever the colours of the page do: by setting or by the system. */
export function themeSignal(): { readonly value: string } {
  let value = $state('');
  onMount(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const contrast = matchMedia('(prefers-contrast: more)');
    const read = () => (value = `${document.documentElement.dataset.theme ?? 'system'} ${dark.matches} ${contrast.matches}`);
    read();
    const watch = new MutationObserver(read);
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    dark.addEventListener('change', read);
    contrast.addEventListener('change', read);
    return () => {
      watch.disconnect();
      dark.removeEventListener('change', read);
      contrast.removeEventListener('change', read);
    };
  });
  return {
    get value() {
      return value;
    },
  };
}
