export default {
  title: 'Help lines',
  lead: 'Answered on working days. Have the name of your enterprise ready, and the request number if you have one.',
  system: 'Using the system',
  business: 'Registration questions',
  about: 'About',
  phone: 'Telephone',
}
