import type { Socket } from 'node:net';
import type { Meeting } from './faults.js';

const GARBAGE = `${'The quick brown fox jumps over the lazy dog. '.repeat(22)}\r\n`.repeat(16);

const HTTP_ANSWER = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain',
  'Content-Length: 12',
  'Connection: close',
  '',
  'Bad Request\n',
].join('\r\n');

/** Meets a connection in any way but as an SSH server. */
export function meetOtherwise(socket: Socket, how: Exclude<Meeting, 'serve'>): void {
  switch (how) {
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'close':
      socket.destroy();
      return;
    case 'silent':
      socket.resume();
      return;
    case 'garbage':
      socket.resume();
      pourGarbage(socket);
      return;
    case 'http':
      socket.once('data', () => socket.end(HTTP_ANSWER));
      return;
    case 'throttled':
      sayAndClose(socket, 'Exceeded MaxStartups\r\n');
      return;
    case 'penalised':
      sayAndClose(socket, 'Not allowed at this time\r\n');
      return;
  }
}

/** Reading on lets the client's own bytes arrive: closing over unread ones would reset the connection. */
function sayAndClose(socket: Socket, text: string): void {
  socket.resume();
  socket.end(text);
}

/** As much as the client takes; it stops with the socket. */
function pourGarbage(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.write(GARBAGE)) setImmediate(pourGarbage, socket);
  else socket.once('drain', () => pourGarbage(socket));
}
