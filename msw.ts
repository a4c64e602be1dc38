/** The fakes as handlers of Mock Service Worker; `msw` itself is the caller's dependency. */
export { maasHandlers } from './sim/world/in-process.ts';
