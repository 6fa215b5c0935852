export {
  deviceCookieSeconds,
  findKnownDevice,
  type KnownDevice,
  type RegisteredDevice,
  registerDevice,
} from './devices.service.ts';
