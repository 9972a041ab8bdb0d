/** Where signed uploads are sent with PUT. */
export const uploadPath = '/storage/upload'

/** Where signed downloads are fetched with GET. */
export const downloadPath = '/storage/download'
