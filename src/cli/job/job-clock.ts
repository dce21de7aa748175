/** A span of time as clocks show it, and sacct(1) does: `0:12`, `1:04:11`, `2-03:04:05`. Less than none is none. */
export function formatClock(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = two(whole % 60);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${seconds}`;
  const hours = Math.floor(minutes / 60);
  const rest = `${two(minutes % 60)}:${seconds}`;
  return hours < 24 ? `${hours}:${rest}` : `${Math.floor(hours / 24)}-${two(hours % 24)}:${rest}`;
}
