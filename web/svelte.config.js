// How Svelte compiles: runes in all of our own files; accessibility warnings stay on and fail `npm run check`.
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
};
