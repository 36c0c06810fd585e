export { Receiver, type Answer, type ReceivedRequest } from './receiver.js';
export { moveTime, type MoveTime } from './move-time.js';
