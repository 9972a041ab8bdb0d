// node --import @tern/sdk/register FILE
import { registerDeriving } from './derive/register-hooks.ts'

registerDeriving()
