// In the place of any service worker of an app: it takes along what was kept, and goes.
const leave = async () => {
  for (const name of await caches.keys()) await caches.delete(name);
  const kept = await self.clients.matchAll({ type: "window" }); // pages that a worker had answered
  await self.registration.unregister();
  for (const page of kept) await page.navigate(page.url);
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(leave()));
