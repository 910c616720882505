import { mount } from 'svelte';
import App from './App.svelte';
import { app } from './state/app.svelte';
import './styles/tokens.css';
import './styles/base.css';

const target = document.getElementById('app');
if (target) {
  app.start();
  mount(App, { target });
}
