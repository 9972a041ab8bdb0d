// What a process needs to find its way on the machine. The rest of the environment, secrets among it, is none
// of a task's business.
const passedOn =
  /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SystemRoot|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|(HTTPS?|NO)_PROXY)$/i

/** The part of this process's environment that processes of tasks get. */
export function machineEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name, value]) => value !== undefined && passedOn.test(name))
  return Object.fromEntries(entries as [string, string][])
}
