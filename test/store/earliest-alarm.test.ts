import { describe, expect, test } from "vitest";
import { EarliestAlarm } from "../../src/runtime/earliest-alarm.ts";

/** An alarm, and the moments that it was set for. */
function alarmAt(now: number): { readonly alarm: EarliestAlarm; readonly set: readonly number[] } {
  const set: number[] = [];
  const host = { now: () => now, getAlarm: async () => undefined, setAlarm: (at: number) => set.push(at) };
  return { alarm: new EarliestAlarm(host, () => undefined), set };
}

describe("an alarm", () => {
  test("is moved only to an earlier moment", () => {
    const { alarm, set } = alarmAt(0);
    alarm.arm(500, undefined);
    alarm.arm(700);
    alarm.arm(300, 900);
    alarm.arm();
    expect(set).toEqual([500, 300]);
    expect(alarm.isSet).toBe(true);
  });

  test("[F12] that is armed while it fires is set for a later moment than its own, also where the clock is behind", () => {
    const { alarm, set } = alarmAt(998);
    alarm.arm(1000);
    alarm.fired(1000);
    alarm.arm(1000);
    expect(set).toEqual([1000, 1001]);
    alarm.fired(1001);
    alarm.handled();
    alarm.arm(999);
    expect(set).toEqual([1000, 1001, 999]);
  });
});
