// Values told to a page in the server's place, for states that only real
// terminals bring about: a key in the making, a part that is refused.

/** Before the page is opened. What it returns tells a topic's value from now on. */
export async function pretend(page) {
  const told = new Map();
  const lines = new Set();
  let version = 1_000_000;
  const frame = (topic, value) => JSON.stringify({ type: 'topic', version: ++version, topic, value });
  await page.routeWebSocket(/\/ws$/, (line) => {
    const server = line.connectToServer();
    server.onMessage((message) => {
      const down = typeof message === 'string' ? JSON.parse(message) : null;
      if (down?.type === 'topic' && told.has(down.topic)) return;
      line.send(message);
      // Before the welcome a page expects no topics.
      if (down?.type !== 'welcome') return;
      lines.add(line);
      for (const [topic, value] of told) line.send(frame(topic, value));
    });
    server.onClose((code, reason) => {
      lines.delete(line);
      line.close({ code, reason });
    });
  });
  return (values) => {
    for (const [topic, value] of Object.entries(values)) {
      told.set(topic, value);
      for (const line of lines) line.send(frame(topic, value));
    }
  };
}
