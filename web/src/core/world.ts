// What the headless part may not fetch for itself: time, timers, randomness. Handed in, so that tests turn
// the clock by hand.

export interface World {
  now(): number;
  /** Runs `act` once after `ms`; the answer calls it off. */
  after(ms: number, act: () => void): () => void;
  /** A fresh identifier, unguessable. */
  id(): string;
  /** 0 up to 1, for jitter only. */
  chance(): number;
}

export const realWorld: World = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  id: () => crypto.randomUUID(),
  chance: () => Math.random(),
};
