import { machineEnv } from '@tern/core/containers'

// How this machine reaches its package index: configuration of pip and uv, proxies, certificates, keys.
const passedOn =
  /^(PIP_\w+|UV_\w+|POETRY_\w+|XDG_(CONFIG|CACHE|DATA)_\w+|ALL_PROXY|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NETRC|SSH_AUTH_SOCK|GIT_\w+|CC|CXX|\w*FLAGS)$/i
// Said of the installer's own environment, they would have it install elsewhere.
const keptBack =
  /^(PIP_(TARGET|PREFIX|ROOT|USER|PYTHON|REQUIRE_VIRTUALENV|DRY_RUN)|UV_(PYTHON|SYSTEM_PYTHON|PROJECT\w*|TARGET|PREFIX|WORKING_DIR\w*|OFFLINE_PROJECT))$/i

/** The variables that installers run with: packages come from where this machine gets its own. */
export function installerEnv(env: Readonly<Record<string, string | undefined>> = process.env): Record<string, string> {
  const own = Object.entries(env).filter(([name]) => passedOn.test(name) && !keptBack.test(name))
  return {
    ...machineEnv(),
    ...(Object.fromEntries(own) as Record<string, string>),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PIP_PROGRESS_BAR: 'off',
    UV_NO_PROGRESS: '1',
    NO_COLOR: '1',
    // Cache and environments may be on different disks, where links are not possible: copies always are.
    UV_LINK_MODE: env['UV_LINK_MODE'] ?? 'copy',
  }
}
