// The shapes of the API, made from the Go structs.
export type * from './dto.gen';
