import { CommandFailure } from './failure.ts';

const longestLineBytes = 16 * 1024;

/** The first line of standard input; a password is not taken from the arguments, which other users can see. */
export async function readLineFromStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.includes('\n')) break;
    if (text.length > longestLineBytes) throw new CommandFailure('The password is too long.');
  }
  const password = text.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
  if (password === '') throw new CommandFailure('There is no password on standard input.');
  return password;
}
