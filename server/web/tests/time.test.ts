import { describe, expect, it } from 'vitest';
import { ago, clock, clockWithSeconds, day, dayAndClock, duration, hourOfDay, local, monthDay, parseLocal, secondsLeft, short, speechLeft, timer, voteLeft } from '../src/lib/time.ts';

const at = new Date(2026, 7, 26, 10, 39, 4).getTime();

describe('moments', () => {
  it('read as a Chinese office writes them', () => {
    expect(day('zh-CN', at)).toBe('2026年8月26日　星期三');
    expect(dayAndClock('zh-CN', at)).toBe('2026年8月26日　星期三　10:39');
    expect(day('en', at)).toBe('Wednesday, 26 August 2026');
    expect(clock(at)).toBe('10:39');
    expect(clockWithSeconds(at)).toBe('10:39:04');
    expect(short(at)).toBe('08-26 10:39');
    expect(monthDay('zh-CN', at, at)).toBe('8月26日 10:39');
    expect(monthDay('en', at, at)).toBe('26 August 10:39');
    const next = new Date(2027, 0, 5, 9).getTime();
    expect(monthDay('zh-CN', next, at)).toBe('2027年1月5日 09:00');
    expect(monthDay('en', next, at)).toBe('5 January 2027 09:00');
  });

  it('name the part of the day', () => {
    const h = (hour: number, minute = 0) => new Date(2026, 7, 26, hour, minute).getTime();
    expect(hourOfDay('zh-CN', h(9))).toBe('上午9:00');
    expect(hourOfDay('zh-CN', h(12, 5))).toBe('中午12:05');
    expect(hourOfDay('zh-CN', h(14, 30))).toBe('下午2:30');
    expect(hourOfDay('zh-CN', h(19))).toBe('晚上7:00');
    expect(hourOfDay('en', h(0, 5))).toBe('12:05 a.m.');
    expect(hourOfDay('en', h(14, 30))).toBe('2:30 p.m.');
  });

  it('are parsed strictly', () => {
    expect(parseLocal('2026-08-26T09:00')).toBe(new Date(2026, 7, 26, 9).getTime());
    expect(local(new Date(2026, 7, 6, 9).getTime())).toBe('2026-08-06T09:00');
    expect(parseLocal(local(at))).toBe(at);
    for (const bad of ['', '2026-08-26', '2026-02-30T09:00', '2026-08-26T24:00', '2026-08-26T09:60', 'x2026-08-26T09:00']) {
      expect(parseLocal(bad), bad).toBeNull();
    }
  });
});

describe('durations', () => {
  it('count down to zero and not below', () => {
    expect(secondsLeft(10_000, 9_001, null)).toBe(1);
    expect(secondsLeft(10_000, 9_999, 0)).toBe(1);
    expect(secondsLeft(10_000, 10_000, 0)).toBe(0);
    expect(secondsLeft(10_000, 99_000, 0)).toBe(0);
  });

  it('never show more than was given, though the clock here be behind', () => {
    const given = { opened_at: at, ends_at: at + 60_000, seconds_left: null };
    expect(voteLeft({ ...given, state: 'open' }, at - 900)).toBe(60);
    expect(voteLeft({ ...given, state: 'open' }, at)).toBe(60);
    expect(voteLeft({ ...given, state: 'open' }, at + 1)).toBe(60);
    expect(voteLeft({ ...given, state: 'open' }, at + 1_000)).toBe(59);
    expect(voteLeft({ ...given, state: 'open', ends_at: null }, at)).toBeNull();
    expect(voteLeft({ ...given, state: 'paused', ends_at: null, seconds_left: 41 }, at)).toBe(41);
    expect(voteLeft({ ...given, state: 'closed' }, at)).toBeNull();
    expect(speechLeft({ since: at, ends_at: at + 300_000 }, at - 900)).toBe(300);
    expect(speechLeft({ since: at, ends_at: at + 300_000 }, at + 400_000)).toBe(0);
    expect(speechLeft({ since: at, ends_at: null }, at)).toBeNull();
  });

  it('read as a clock', () => {
    expect(timer(41)).toBe('0:41');
    expect(timer(222)).toBe('3:42');
    expect(timer(3750)).toBe('1:02:30');
    expect(timer(-3)).toBe('0:00');
  });

  it('read as words', () => {
    expect(duration('zh-CN', 60)).toBe('1 分钟');
    expect(duration('zh-CN', 90)).toBe('90 秒');
    expect(ago('zh-CN', at - 5_000, at)).toBe('刚刚');
    expect(ago('zh-CN', at - 60_000 * 3, at)).toBe('3 分钟前');
    expect(ago('zh-CN', at - 60_000 * 90, at)).toBe('08-26 09:09');
    expect(ago('zh-CN', 0, at)).toBe('–');
  });
});
