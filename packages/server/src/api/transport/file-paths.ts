/** Where signed uploads are sent with PUT. */
export const uploadPath = '/storage/upload'

/** Where signed downloads are fetched with GET. */
export const downloadPath = '/storage/download'

/** Where files and folders that tasks pass on are fetched with GET, signed. */
export const passedFilePath = '/storage/file'
