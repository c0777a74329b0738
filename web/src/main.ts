// Starts the client: words first, so that nothing is ever drawn without them, then the page.

import { mount } from 'svelte';
import App from './app/App.svelte';
import { startTheme } from './app/theme';
import { chosenLanguage, useLanguage } from './i18n/t.svelte';
import './ui/tokens.css';
import './ui/base.css';

startTheme();
await useLanguage(chosenLanguage());
const target = document.getElementById('app');
if (target) mount(App, { target });
