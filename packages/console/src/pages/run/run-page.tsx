export function RunPage() { return <div>run</div> }
