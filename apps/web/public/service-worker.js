/*
 * Receives the files that are shared from the share sheet of a phone, stores them, and opens the page that converts them.
 * It does not handle any other request: nothing is cached.
 */
const SHARED = "tracklift-shared";
const root = new URL(self.registration.scope);
const target = new URL("share", root);

self.addEventListener("install", () => void self.skipWaiting());

self.addEventListener("fetch", (event) => {
  if (event.request.method === "POST" && new URL(event.request.url).pathname === target.pathname)
    event.respondWith(take(event.request));
});

async function take(request) {
  let failed = "";
  try {
    const files = (await request.formData()).getAll("videos").filter((each) => each instanceof File);
    const cache = await caches.open(SHARED);
    const before = (await cache.keys()).length;
    await Promise.all(files.map((file, each) => keep(cache, file, before + each)));
  } catch {
    failed = "?share=failed";
  }
  return Response.redirect(new URL(`./${failed}`, root), 303);
}

function keep(cache, file, number) {
  const headers = {
    "Content-Type": file.type || "application/octet-stream",
    "X-Name": encodeURIComponent(file.name),
    "X-Changed": String(file.lastModified),
  };
  return cache.put(new URL(`share/${number}`, root), new Response(file, { headers }));
}
