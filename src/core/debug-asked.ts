/** Whether the log of what happens is asked for: the variable `HAWSER_DEBUG` is set to anything but `0` or nothing. */
export function isDebugLogAsked(): boolean {
  const asked = process.env['HAWSER_DEBUG'];
  return asked !== undefined && asked !== '' && asked !== '0';
}
