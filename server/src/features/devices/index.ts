export {
  type DeviceRegistration,
  deviceCookieSeconds,
  deviceTokenHashes,
  type KnownDevice,
  knownDeviceQuery,
  registerDevice,
} from './devices.service.ts';
