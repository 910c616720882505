import { mount } from 'svelte';
import App from './App.svelte';
import { isLanguageTag } from './core/i18n';
import { app } from './state/app.svelte';
import './styles/tokens.css';
import './styles/base.css';

// Libraries hand the browser's language to Intl, which throws for what is none.
if (!isLanguageTag(navigator.language)) Object.defineProperty(navigator, 'language', { value: 'en-US' });

const target = document.getElementById('app');
if (target) {
  app.start();
  mount(App, { target });
}
