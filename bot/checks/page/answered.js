// Waits until all requests of the page have an answer, for `limit` milliseconds at most.
async (limit) => {
  for (const end = performance.now() + limit; performance.now() < end; ) {
    if (__textcrew.pending === 0) return;
    await new Promise((go) => setTimeout(go, 20));
  }
}
