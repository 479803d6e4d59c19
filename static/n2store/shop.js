// How our own pages ask the shop: as any page does, with a limit on how long an answer may take.

import { client } from "./api.js";

export const { fetchWithFallback: ask } = client({ addresses: [""] });
