export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden>
      <rect width="32" height="32" rx="7" fill="#1f5eff" />
      <path
        d="M5 12.500c4.600-.4 8 1 10.400 4.200C17.600 11.500 21.500 8.600 27 8c-3.200 2.200-5 4.600-6 7.600-1.300 4-3.800 6.800-8.200 8.400 1.300-1.700 1.900-3.200 1.900-4.700-2.200-3.300-5.200-5.500-9.700-6.800z"
        fill="#fff"
      />
    </svg>
  )
}
