// Waiting for a pause.

export interface Debounced {
  (): void;
  dispose(): void;
}

/** Runs something once after the last call in a row. */
export function debounced(run: () => unknown, milliseconds: number): Debounced {
  let timer: NodeJS.Timeout | undefined;
  const call = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), milliseconds);
  };
  return Object.assign(call, { dispose: () => clearTimeout(timer) });
}
