const key = 'aiwfe.passkey';

/** True when a passkey was made or used in this browser: it is the first way in then. */
export const passkeyUsedHere = (): boolean => localStorage.getItem(key) !== null;

export const rememberPasskey = (): void => localStorage.setItem(key, '1');
