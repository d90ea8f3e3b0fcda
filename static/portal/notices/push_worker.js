/** Shows what is pushed to this browser while no page of the portal is open. Served at the root, without imports. */

addEventListener("push", (/** @type {any} */ event) => {
  const { title, text, path, tag } = event.data.json();
  event.waitUntil(registration().showNotification(title, { body: text, tag, data: { path }, renotify: true }));
});

addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(/** @type {any} */ (self).clients.openWindow(event.notification.data.path));
});

/** @returns {any} this worker's registration */
function registration() {
  return /** @type {any} */ (self).registration;
}
