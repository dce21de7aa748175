// The broker of who uses the library, as a process of its own: see there.
import { serveBroker } from './serve-broker.js';

await serveBroker();
