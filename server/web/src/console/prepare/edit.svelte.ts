// Saving a form about something that somebody else may change meanwhile. It goes out on the
// revision that the form was opened with; where that is no longer the newest, nothing typed is
// lost and the clerk chooses what shall stand.
import { Refused } from '../../lib/link.ts';
import { desk } from '../desk.svelte.ts';

interface Revised { rev: number }

export class Edit {
  rev = $state(0);
  busy = $state(false);
  /** What is missing, or why it was not saved. */
  trouble = $state('');
  /** It is no longer what the form was opened with. */
  changed = $state(false);

  constructor(of: Revised | null) {
    this.rev = of?.rev ?? 0;
  }

  /** `send` saves and closes the form; `close` is for what turned out to be saved already. */
  async save(send: () => Promise<void>, close: () => void): Promise<void> {
    this.busy = true;
    this.trouble = '';
    try {
      await send();
    } catch (e) {
      if (e instanceof Refused && e.code === 'changed_meanwhile') this.changed = true;
      else if (e instanceof Refused && e.code === 'no_change') close();
      else this.trouble = desk.why(e);
    } finally {
      this.busy = false;
    }
  }

  /** What was typed shall stand, on what stands there now. */
  keep(now: Revised | null): void {
    this.rev = now?.rev ?? this.rev;
    this.changed = false;
  }
}
