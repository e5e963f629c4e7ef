// Debouncing of function calls.

export interface Debounced {
  (): void;
  /** Cancels a pending call. */
  dispose(): void;
}

/** Returns a function that calls `run` once, `milliseconds` after the last of several calls. */
export function debounced(run: () => unknown, milliseconds: number): Debounced {
  let timer: NodeJS.Timeout | undefined;
  const call = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), milliseconds);
  };
  return Object.assign(call, { dispose: () => clearTimeout(timer) });
}
