export { createDevicesFeature, type DevicesFeature } from './devices.feature.ts';
export {
  type DeviceRegistration,
  deviceCookieSeconds,
  deviceTokenHashes,
  findKnownDevice,
  type KnownDevice,
  type KnownDeviceRow,
  knownDeviceQuery,
  registerDevice,
  toKnownDevice,
} from './devices.service.ts';
export type { DevicesService } from './own-devices.service.ts';
