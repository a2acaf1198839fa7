import '../ui/base.css';
import { mount } from 'svelte';
import Hall from './Hall.svelte';

const target = document.getElementById('app');
if (target) mount(Hall, { target });
