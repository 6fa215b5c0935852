export { judgeAddress } from './addresses.ts';
export {
  createOutboundDoor,
  type OutboundDoor,
  type OutboundPolicy,
  type OutboundRequest,
} from './outbound-door.ts';
