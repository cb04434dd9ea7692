/** Stands in for node:process in the built file: commander imports it, and a bundle would copy each of its properties. */
export default process
