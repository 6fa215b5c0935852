export {
  createOutboundDoor,
  type OutboundDoor,
  type OutboundPolicy,
  type OutboundRequest,
} from './outbound-door.ts';
