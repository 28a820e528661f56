// The page of the code alone: without a network, from what this device keeps.

import { prepare } from "./paycode.js";

prepare(document.body);
